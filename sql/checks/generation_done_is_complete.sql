-- sentence: A request that is done has exactly the pictures that were ordered, and any other request has none.
SELECT r.id, r.state, r.n, count(g.asset_id) AS pictures
FROM generation_request AS r
LEFT JOIN generated_image AS g ON g.request_id = r.id
GROUP BY r.id, r.state, r.n
HAVING count(g.asset_id) <> CASE WHEN r.state = 'done' THEN r.n ELSE 0 END
ORDER BY r.id
