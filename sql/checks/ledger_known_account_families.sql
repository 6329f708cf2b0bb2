-- sentence: Every account belongs to a known family.
SELECT account, currency, balance_micros
FROM ledger_balances
WHERE family NOT IN ('buyer', 'revenue', 'fund', 'reserve', 'payable', 'in_transit', 'cash', 'withheld', 'conversion')
ORDER BY account
