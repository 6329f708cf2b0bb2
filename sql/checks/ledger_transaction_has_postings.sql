-- sentence: Every transaction has two or more postings, numbered from 1 without a gap.
SELECT t.key, count(p.position) AS postings, min(p.position) AS first, max(p.position) AS last
FROM ledger_transaction AS t
LEFT JOIN ledger_posting AS p ON p.transaction_id = t.id
GROUP BY t.key
HAVING count(p.position) < 2 OR min(p.position) <> 1 OR max(p.position) <> count(p.position)
ORDER BY t.key
