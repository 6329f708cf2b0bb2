-- sentence: The bank took back only what it had paid, and each time is booked once.
WITH wanted AS (
    SELECT 'takeback:' || payout.id AS key, payout.currency, payout.amount_micros AS micros, outcome.state
    FROM payout_takeback AS takeback
    JOIN payout ON payout.id = takeback.payout_id
    LEFT JOIN payout_outcome AS outcome ON outcome.payout_id = payout.id
), booked AS (
    SELECT transaction.key, posting.currency, posting.amount_micros AS micros
    FROM ledger_posting AS posting
    JOIN ledger_transaction AS transaction ON transaction.id = posting.transaction_id
    WHERE posting.account = 'cash:bank' AND transaction.key LIKE 'takeback:%'
)
SELECT key, currency, wanted.micros AS wanted_micros, booked.micros AS booked_micros, wanted.state
FROM wanted FULL JOIN booked USING (key, currency)
WHERE wanted.micros IS DISTINCT FROM booked.micros OR wanted.state IS DISTINCT FROM 'paid';
