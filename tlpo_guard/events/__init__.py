"""The confusion log: records, their store and the writer."""
