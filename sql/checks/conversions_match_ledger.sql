-- sentence: Every conversion is booked once as it is written down, at its rate to the micro-unit.
WITH wanted AS (
    SELECT 'convert:' || id AS key, 'payable:' || contributor_id AS account, from_currency AS currency, from_micros AS micros
    FROM payout_conversion
    UNION ALL
    SELECT 'convert:' || id, 'payable:' || contributor_id, to_currency, -to_micros FROM payout_conversion
    UNION ALL
    SELECT 'convert:' || id, 'conversion:' || id, from_currency, -from_micros FROM payout_conversion
    UNION ALL
    SELECT 'convert:' || id, 'conversion:' || id, to_currency, to_micros FROM payout_conversion
), booked AS (
    SELECT transaction.key, posting.account, posting.currency, posting.amount_micros AS micros
    FROM ledger_transaction AS transaction
    JOIN ledger_posting AS posting ON posting.transaction_id = transaction.id
    WHERE transaction.kind = 'conversion'
)
SELECT key, account, currency, wanted.micros AS wanted_micros, booked.micros AS booked_micros
FROM wanted FULL JOIN booked USING (key, account, currency)
WHERE wanted.micros IS DISTINCT FROM booked.micros
UNION ALL
SELECT id, rate, to_currency, trunc(from_micros * rate::numeric), to_micros
FROM payout_conversion WHERE to_micros <> trunc(from_micros * rate::numeric);
