-- sentence: Payouts exist for closed periods only.
SELECT payout.id, payout.contributor_id, payout.period
FROM payout JOIN fund_period AS period ON period.id = payout.period
WHERE period.state <> 'closed';
