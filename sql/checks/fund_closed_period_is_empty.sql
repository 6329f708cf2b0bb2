-- sentence: The fund account of a closed period has a balance of zero.
SELECT period.id AS period, posting.currency, sum(posting.amount_micros) AS left_micros
FROM fund_period AS period
JOIN ledger_posting AS posting ON posting.account = 'fund:' || period.id
WHERE period.state = 'closed'
GROUP BY period.id, posting.currency
HAVING sum(posting.amount_micros) <> 0;
