-- sentence: A transaction that undoes another has exactly its postings with the signs turned.
SELECT key, reverses, account, currency, sum(amount_micros) AS difference_micros
FROM (
    SELECT undo.key, undo.reverses, p.account, p.currency, p.amount_micros
    FROM ledger_transaction AS undo
    JOIN ledger_posting AS p ON p.transaction_id = undo.id
    WHERE undo.reverses IS NOT NULL
    UNION ALL
    SELECT undo.key, undo.reverses, p.account, p.currency, p.amount_micros
    FROM ledger_transaction AS undo
    JOIN ledger_transaction AS original ON original.key = undo.reverses
    JOIN ledger_posting AS p ON p.transaction_id = original.id
) AS both_sides
GROUP BY key, reverses, account, currency
HAVING sum(amount_micros) <> 0
ORDER BY key
