-- sentence: Every account of a buyer or contributor names a party that exists.
SELECT b.account, b.currency, b.balance_micros
FROM ledger_balances AS b
LEFT JOIN party ON party.id = b.owner
WHERE b.family IN ('buyer', 'payable', 'in_transit') AND party.id IS NULL
ORDER BY b.account
