-- sentence: Nobody was sent more than was ever credited, and the bank confirmed no more than was sent; refunds may leave a debit.
SELECT posting.account, posting.currency, sum(posting.amount_micros)::bigint AS too_much_micros
FROM ledger_posting AS posting
JOIN ledger_transaction AS transaction ON transaction.id = posting.transaction_id
WHERE posting.account LIKE 'payable:%'
    AND NOT (posting.amount_micros > 0 AND transaction.kind IN ('period_close', 'adjustment'))
GROUP BY posting.account, posting.currency
HAVING sum(posting.amount_micros) > 0
UNION ALL
SELECT account, currency, balance_micros
FROM ledger_balances
WHERE family = 'in_transit' AND balance_micros > 0
ORDER BY account;
