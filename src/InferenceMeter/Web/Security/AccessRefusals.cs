using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace InferenceMeter.Web.Security;

/// <summary>
/// Answers requests that their policy does not admit, with the refusal of the first requirement not met.
/// </summary>
internal sealed class AccessRefusals : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(
        RequestDelegate next,
        HttpContext context,
        AuthorizationPolicy policy,
        PolicyAuthorizationResult authorizeResult
    )
    {
        if (authorizeResult.Succeeded)
            return next(context);
        var unmet = policy.Requirements.OfType<AccessRequirement>().First(one => !one.IsMetBy(context));
        return RefusalWriter.WriteAsync(context, unmet.Refusal);
    }
}
