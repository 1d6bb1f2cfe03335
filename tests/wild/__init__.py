"""Projects that no one here wrote: what the workbench makes of them, held against SAM CLI's own reading of the same files."""
