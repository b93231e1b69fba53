"""Reports of insured people: questionnaire, drafts, attachments, receipt, follow-up, assistant."""
