-- sentence: Every statement of an edition is one that was issued, and each edition has as many as it says.
SELECT leaf.period, leaf.edition, leaf.contributor_id, 'was never issued' AS problem
FROM statement_leaf AS leaf
WHERE NOT EXISTS (
    SELECT FROM statement_issue AS issue
    WHERE issue.period = leaf.period AND issue.contributor_id = leaf.contributor_id
        AND issue.json_sha256 = leaf.json_sha256 AND issue.csv_sha256 = leaf.csv_sha256
)
UNION ALL
SELECT edition.period, edition.number, NULL, 'has ' || count(leaf.contributor_id) || ' of ' || edition.statements
FROM statement_edition AS edition
LEFT JOIN statement_leaf AS leaf ON leaf.period = edition.period AND leaf.edition = edition.number
GROUP BY edition.period, edition.number, edition.statements
HAVING count(leaf.contributor_id) <> edition.statements;
