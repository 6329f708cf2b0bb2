-- sentence: What left the bank is the sum of the payouts that were paid, each counted once.
WITH paid AS (
    SELECT payout.currency, sum(payout.amount_micros) AS micros
    FROM payout JOIN payout_outcome AS outcome ON outcome.payout_id = payout.id AND outcome.state = 'paid'
    GROUP BY payout.currency
), left_bank AS (
    SELECT posting.currency, -sum(posting.amount_micros) AS micros
    FROM ledger_posting AS posting
    JOIN ledger_transaction AS transaction ON transaction.id = posting.transaction_id
    WHERE posting.account = 'cash:bank' AND transaction.kind = 'settlement'
    GROUP BY posting.currency
)
SELECT currency, paid.micros AS paid_micros, left_bank.micros AS left_bank_micros
FROM paid FULL JOIN left_bank USING (currency)
WHERE paid.micros IS DISTINCT FROM left_bank.micros;
