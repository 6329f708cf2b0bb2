-- sentence: The pictures of a request were made by the release that the request names.
SELECT g.asset_id, g.release_id AS made_by, r.release_id AS request_names
FROM generated_image AS g
JOIN generation_request AS r ON r.id = g.request_id
WHERE g.release_id <> r.release_id
ORDER BY g.asset_id
