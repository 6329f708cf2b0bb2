-- Everything that changed what a contributor is owed, with the period on whose statement it stands.
CREATE VIEW payable_movement AS
SELECT
    substr(posting.account, 9) AS contributor_id, -- after 'payable:'
    posting.account,
    posting.currency,
    coalesce(transaction.details ->> 'period', to_char(transaction.effective_at AT TIME ZONE 'UTC', 'YYYY-MM')) AS period,
    transaction.key,
    transaction.kind,
    transaction.effective_at,
    transaction.memo,
    -posting.amount_micros AS amount_micros -- positive: owed more
FROM ledger_posting AS posting
JOIN ledger_transaction AS transaction ON transaction.id = posting.transaction_id
WHERE posting.account >= 'payable:' AND posting.account < 'payable;'; -- the range that an index can use
