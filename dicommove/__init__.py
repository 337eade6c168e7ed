"""Retrieve medical images from a PACS with DICOM C-MOVE."""

__version__ = "0.1.0"
