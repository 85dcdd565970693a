using System.Net;
using InferenceMeter.Settings;
using Microsoft.AspNetCore.Authorization;

namespace InferenceMeter.Web.Security;

/// <summary>
/// The policies of who may do what. An endpoint names its own, says <c>AllowAnonymous</c>, or is a read; so is a path
/// that no endpoint has.
/// </summary>
internal static class Access
{
    /// <summary>Looking at figures.</summary>
    public const string Reads = "reads";

    /// <summary>Having images classified, over REST or gRPC.</summary>
    public const string Inference = "inference";

    /// <summary>Changing what the meter does or says.</summary>
    public const string Changes = "changes";

    private const string KeyForAll = "all";

    /// <summary>Reads the API key and builds the policies.</summary>
    /// <exception cref="Errors.UserException">The key file is empty or unreadable.</exception>
    public static IServiceCollection AddAccess(this IServiceCollection services, ServiceSettings settings)
    {
        var key = ApiKey.From(settings.ApiKeyFile);
        var reads = settings.ApiKeyFor == KeyForAll ? Only(Key(KeyForAllMissing)) : Anyone();
        services.AddSingleton(key).AddSingleton<IAuthorizationMiddlewareResultHandler, AccessRefusals>();
        // AddAuthentication would bring data protection, which writes keys into the home folder; nothing here encrypts.
        services
            .AddWebEncoders()
            .AddAuthenticationCore(options =>
            {
                options.DefaultScheme = ApiKeyAuthentication.Name;
                options.AddScheme<ApiKeyAuthentication>(ApiKeyAuthentication.Name, displayName: null);
            });
        return services.AddAuthorization(options =>
        {
            options.AddPolicy(Reads, reads);
            options.AddPolicy(Inference, reads);
            options.AddPolicy(Changes, ChangesPolicy(key, settings));
            options.FallbackPolicy = reads;
        });
    }

    /// <summary>Asks of callers what changes need, and puts the two refusals into OpenAPI.</summary>
    public static RouteHandlerBuilder GuardChanges(this RouteHandlerBuilder endpoint) =>
        endpoint
            .RequireAuthorization(Changes)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden);

    private static AuthorizationPolicy ChangesPolicy(ApiKey key, ServiceSettings settings)
    {
        if (key.Value is null)
            return Only(new AccessRequirement(IsFromThisMachine, ChangesFromElsewhere));
        return Only(Key(settings.ApiKeyFor == KeyForAll ? KeyForAllMissing : KeyForChangesMissing));
    }

    private static AuthorizationPolicy Only(AccessRequirement requirement) =>
        new AuthorizationPolicyBuilder().AddRequirements(requirement).Build();

    private static AuthorizationPolicy Anyone() => new AuthorizationPolicyBuilder().RequireAssertion(_ => true).Build();

    private static AccessRequirement Key(Refusal missing) =>
        new(context => context.User.Identity is { IsAuthenticated: true }, missing);

    /// <summary>No address means an in-process test host, which is this machine.</summary>
    private static bool IsFromThisMachine(HttpContext context) =>
        context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address);

    private static readonly Refusal KeyForAllMissing = new(
        StatusCodes.Status401Unauthorized,
        $"This meter answers with the API key in the header {ApiKey.Header} or as Authorization: Bearer alone."
    );

    private static readonly Refusal KeyForChangesMissing = new(
        StatusCodes.Status401Unauthorized,
        $"A change needs the API key in the header {ApiKey.Header}."
    );

    private static readonly Refusal ChangesFromElsewhere = new(
        StatusCodes.Status403Forbidden,
        "Without an API key, changes are taken from this machine only; start with --api-key-file FILE to allow them "
            + "from elsewhere."
    );
}
