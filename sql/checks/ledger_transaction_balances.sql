-- sentence: The postings of every transaction sum to zero in each currency.
SELECT t.key, p.currency, sum(p.amount_micros) AS surplus_micros
FROM ledger_posting AS p
JOIN ledger_transaction AS t ON t.id = p.transaction_id
GROUP BY t.key, p.currency
HAVING sum(p.amount_micros) <> 0
ORDER BY t.key
