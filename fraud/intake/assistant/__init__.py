"""The assistant: a finite dialogue that understands free text a little, and invents nothing."""
