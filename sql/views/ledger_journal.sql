-- The books line by line, as an auditor reads them.
CREATE OR REPLACE VIEW ledger_journal AS
SELECT t.recorded_at, t.effective_at, t.kind, t.key, t.memo, p.position, p.account, p.amount_micros, p.currency,
       t.reverses, t.id AS transaction_id
FROM ledger_transaction AS t
JOIN ledger_posting AS p ON p.transaction_id = t.id;
