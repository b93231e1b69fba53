"""The questionnaire of a report: versioned data, read, checked and published."""
