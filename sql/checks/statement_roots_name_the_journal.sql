-- sentence: The journal is still the one that published roots name: its sealed digests have not changed.
SELECT edition.period, edition.number AS edition, edition.journal_links, edition.journal_digest,
    encode(link.digest, 'hex') AS digest_now
FROM statement_edition AS edition
LEFT JOIN ledger_chain AS link ON link.position = edition.journal_links
WHERE edition.journal_links > 0 AND encode(link.digest, 'hex') IS DISTINCT FROM edition.journal_digest::text
ORDER BY edition.period, edition.number;
