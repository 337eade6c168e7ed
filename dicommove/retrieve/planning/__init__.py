"""SAY WHAT WOULD HAPPEN: options, requests, limits, and the plan that shows them before anything is moved."""
