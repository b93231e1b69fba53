"""Free slots of a professional's own calendar over FHIR R4, for the day an agreement allows it. Off by default."""
