-- sentence: Every adjustment that staff decided is booked once, and every booked one was decided by somebody.
WITH wanted AS (
    SELECT 'adjust:' || id AS key, 'payable:' || contributor_id AS account, currency, -amount_micros AS micros
    FROM payout_adjustment
    UNION ALL
    SELECT 'adjust:' || id, against, currency, amount_micros FROM payout_adjustment
), booked AS (
    SELECT transaction.key, posting.account, posting.currency, posting.amount_micros AS micros
    FROM ledger_transaction AS transaction
    JOIN ledger_posting AS posting ON posting.transaction_id = transaction.id
    WHERE transaction.key LIKE 'adjust:%'
)
SELECT key, account, currency, wanted.micros AS wanted_micros, booked.micros AS booked_micros
FROM wanted FULL JOIN booked USING (key, account, currency)
WHERE wanted.micros IS DISTINCT FROM booked.micros;
