-- sentence: Every human-made picture belongs to somebody who is a contributor.
SELECT asset.id, asset.contributor_id, party.handle, party.kind
FROM asset
JOIN party ON party.id = asset.contributor_id
LEFT JOIN party_role AS role ON role.party_id = party.id AND role.role = 'contributor'
WHERE asset.kind = 'human' AND role.party_id IS NULL
ORDER BY asset.id
