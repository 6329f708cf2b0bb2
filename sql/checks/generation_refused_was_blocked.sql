-- sentence: A request is refused exactly where moderation's recorded decision says block.
SELECT id, state, decision ->> 'decision' AS decision
FROM generation_request
WHERE (state = 'refused') <> (decision ->> 'decision' = 'block')
ORDER BY id
