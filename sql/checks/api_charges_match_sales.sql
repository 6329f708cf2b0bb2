-- sentence: A call of the images API that is done is charged exactly its sales, and one that failed sold nothing.
SELECT api_call.id AS call, api_call.state, api_call.charged_micros AS charged,
       coalesce(sum(license_sale.amount_micros), 0) AS sold
FROM api_call
LEFT JOIN generation_request ON generation_request.key = api_call.id
LEFT JOIN generated_image ON generated_image.request_id = generation_request.id
LEFT JOIN license_sale ON license_sale.key = 'generation:' || generated_image.asset_id
WHERE api_call.state <> 'open'
GROUP BY api_call.id
HAVING coalesce(api_call.charged_micros, 0) <> coalesce(sum(license_sale.amount_micros), 0)
