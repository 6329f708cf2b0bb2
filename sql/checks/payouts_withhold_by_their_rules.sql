-- sentence: Of each payout exactly what its rules say is withheld, and booked so.
WITH lines AS (
    SELECT payout_id, authority, sum(amount_micros) AS micros
    FROM payout_withholding GROUP BY payout_id, authority
), booked AS (
    SELECT transaction.key, substr(posting.account, 10) AS authority, -sum(posting.amount_micros) AS micros
    FROM ledger_posting AS posting
    JOIN ledger_transaction AS transaction ON transaction.id = posting.transaction_id
    WHERE starts_with(posting.account, 'withheld:')
    GROUP BY 1, 2
), wanted AS (
    SELECT 'payout:' || payout_id AS key, authority, micros FROM lines WHERE micros <> 0
    UNION ALL
    SELECT 'return:' || payout_id, authority, -micros
    FROM lines JOIN payout_outcome AS outcome USING (payout_id) WHERE outcome.state = 'returned' AND micros <> 0
    UNION ALL
    SELECT 'takeback:' || payout_id, authority, -micros
    FROM lines JOIN payout_takeback USING (payout_id) WHERE micros <> 0
)
SELECT key, authority, wanted.micros AS wanted_micros, booked.micros AS booked_micros
FROM wanted FULL JOIN booked USING (key, authority)
WHERE wanted.micros IS DISTINCT FROM booked.micros
UNION ALL
SELECT payout_id, authority || ' ' || country, income_micros::numeric * rate_ppm / 1000000, amount_micros
FROM payout_withholding
WHERE amount_micros <> div(income_micros::numeric * rate_ppm, 1000000)
UNION ALL
SELECT payout.id, 'all', sum(line.amount_micros), payout.withheld_micros
FROM payout LEFT JOIN payout_withholding AS line ON line.payout_id = payout.id
GROUP BY payout.id HAVING payout.withheld_micros <> coalesce(sum(line.amount_micros), 0);
