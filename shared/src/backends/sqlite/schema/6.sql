-- Other bytes, for which a refresh has prepared pictures: a document, absent where none wait.
ALTER TABLE sources ADD COLUMN next TEXT;
