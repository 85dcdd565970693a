using Microsoft.AspNetCore.Authorization;

namespace InferenceMeter.Web.Security;

/// <summary>A condition that a request must meet, and what it is told otherwise.</summary>
/// <param name="isMet">Whether a request meets it.</param>
/// <param name="refusal">The answer to a request that does not.</param>
internal sealed class AccessRequirement(Func<HttpContext, bool> isMet, Refusal refusal)
    : AuthorizationHandler<AccessRequirement>,
        IAuthorizationRequirement
{
    /// <summary>The answer to a request that does not meet it.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <summary>Whether a request meets it.</summary>
    public bool IsMetBy(HttpContext context) => isMet(context);

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement)
    {
        if (context.Resource is HttpContext request && requirement.IsMetBy(request))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }
}
