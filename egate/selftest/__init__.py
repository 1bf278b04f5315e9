"""The technician's checks: one registry for the command line, the boot and the pages."""
