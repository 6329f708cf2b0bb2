-- sentence: All balances together are zero in each currency.
SELECT currency, sum(balance_micros) AS surplus_micros
FROM ledger_balances
GROUP BY currency
HAVING sum(balance_micros) <> 0
