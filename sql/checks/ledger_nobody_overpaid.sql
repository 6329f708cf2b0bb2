-- sentence: Nobody was sent more than was owed, and the bank confirmed no more than was sent.
SELECT account, currency, balance_micros AS too_much_micros
FROM ledger_balances
WHERE family IN ('payable', 'in_transit') AND balance_micros > 0
ORDER BY account
