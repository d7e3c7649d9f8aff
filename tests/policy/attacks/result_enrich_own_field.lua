-- expect: policy_failed
-- message: own field
return { enrich = function(request, event)
return { policyHash = 'forged' }
end }
