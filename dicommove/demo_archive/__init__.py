"""TRY: the embedded archive, its synthetic patients and its injectable faults."""
