-- sentence: Every payout is booked once as ordered, and once as it ended: nobody is paid twice.
WITH wanted AS (
    SELECT 'payout:' || payout.id AS key, payout.contributor_id, payout.currency, -payout.amount_micros AS micros
    FROM payout
    UNION ALL
    SELECT CASE outcome.state WHEN 'paid' THEN 'settle:' ELSE 'return:' END || payout.id,
        payout.contributor_id, payout.currency, payout.amount_micros
    FROM payout_outcome AS outcome JOIN payout ON payout.id = outcome.payout_id
), booked AS (
    SELECT transaction.key, substr(posting.account, 12) AS contributor_id, posting.currency,
        sum(posting.amount_micros) AS micros
    FROM ledger_posting AS posting
    JOIN ledger_transaction AS transaction ON transaction.id = posting.transaction_id
    WHERE posting.account LIKE 'in\_transit:%'
    GROUP BY 1, 2, 3
)
SELECT key, contributor_id, currency, wanted.micros AS wanted_micros, booked.micros AS booked_micros
FROM wanted FULL JOIN booked USING (key, contributor_id, currency)
WHERE wanted.micros IS DISTINCT FROM booked.micros;
