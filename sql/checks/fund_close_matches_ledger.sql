-- sentence: A close credited every contributor with exactly the sum of the allocations, and nobody else.
WITH allocated AS (
    SELECT pool.period, pool.currency, 'payable:' || allocation.contributor_id AS account,
        sum(allocation.amount_micros) AS micros
    FROM fund_allocation AS allocation
    JOIN fund_pool AS pool ON pool.id = allocation.pool_id
    GROUP BY pool.period, pool.currency, allocation.contributor_id
    HAVING sum(allocation.amount_micros) <> 0
), booked AS (
    SELECT transaction.details ->> 'period' AS period, posting.currency, posting.account,
        -sum(posting.amount_micros) AS micros
    FROM ledger_transaction AS transaction
    JOIN ledger_posting AS posting ON posting.transaction_id = transaction.id
    WHERE transaction.kind = 'period_close' AND posting.account LIKE 'payable:%'
    GROUP BY 1, 2, 3
)
SELECT period, currency, account, allocated.micros AS allocated_micros, booked.micros AS booked_micros
FROM allocated FULL JOIN booked USING (period, currency, account)
WHERE allocated.micros IS DISTINCT FROM booked.micros;
