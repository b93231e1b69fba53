"""What partners read, once more, in the shapes of HL7 FHIR R4."""
