-- sentence: What a period accrued is what the ledger credited to its fund account.
WITH accrued AS (
    SELECT 'fund:' || period AS account, currency, sum(amount_micros) AS micros
    FROM fund_accrual GROUP BY period, currency
), credited AS (
    SELECT posting.account, posting.currency, -sum(posting.amount_micros) AS micros
    FROM ledger_posting AS posting
    JOIN ledger_transaction AS transaction ON transaction.id = posting.transaction_id
    WHERE posting.account LIKE 'fund:%' AND transaction.kind <> 'period_close'
    GROUP BY posting.account, posting.currency
)
SELECT account, currency, accrued.micros AS accrued_micros, credited.micros AS ledger_micros
FROM accrued FULL JOIN credited USING (account, currency)
WHERE coalesce(accrued.micros, 0) <> coalesce(credited.micros, 0);
