namespace InferenceMeter.Web.Security;

/// <summary>Headers that keep a browser from doing more with an answer than showing it.</summary>
internal static class SecurityHeaders
{
    /// <summary>The name of the page's policy: nothing from elsewhere, and no script or style but its files.</summary>
    public const string Page = "page";

    /// <summary>Builds the policies; every answer gets the default one unless its endpoint names another.</summary>
    public static IServiceCollection AddSecurityHeaders(this IServiceCollection services)
    {
        services
            .AddSecurityHeaderPolicies()
            .SetDefaultPolicy(policy =>
                policy
                    .AddCommon()
                    .AddContentSecurityPolicy(csp =>
                    {
                        csp.AddDefaultSrc().None();
                        // A report is one document with its style in it, and loads nothing.
                        csp.AddStyleSrc().UnsafeInline();
                        csp.AddFrameAncestors().None();
                    })
            )
            .AddPolicy(
                Page,
                policy =>
                    policy
                        .AddCommon()
                        .AddContentSecurityPolicy(csp =>
                        {
                            csp.AddDefaultSrc().None();
                            csp.AddScriptSrc().Self();
                            csp.AddStyleSrc().Self();
                            csp.AddImgSrc().Self().Blob();
                            csp.AddConnectSrc().Self();
                            csp.AddFormAction().None();
                            csp.AddBaseUri().None();
                            csp.AddFrameAncestors().None();
                        })
            );
        return services;
    }

    private static HeaderPolicyCollection AddCommon(this HeaderPolicyCollection policy) =>
        policy.AddContentTypeOptionsNoSniff().AddFrameOptionsDeny().AddReferrerPolicyNoReferrer().RemoveServerHeader();
}
