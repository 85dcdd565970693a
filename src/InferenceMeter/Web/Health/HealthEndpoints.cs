using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace InferenceMeter.Web.Health;

/// <summary><c>/healthz</c>: alive, and ready. Neither needs a key.</summary>
internal static class HealthEndpoints
{
    /// <summary>What probes ask with.</summary>
    public static IReadOnlyList<string> Methods { get; } = [HttpMethods.Get, HttpMethods.Head];

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes
            .MapHealthChecks(
                "/healthz/live",
                new HealthCheckOptions
                {
                    Predicate = _ => false,
                    ResponseWriter = (context, _) => TypedResults.Text("alive\n").ExecuteAsync(context),
                }
            )
            .WithName("Live")
            .WithSummary("The process answers.")
            .Describe();
        routes
            .MapHealthChecks(
                "/healthz/ready",
                new HealthCheckOptions
                {
                    Predicate = check => check.Name == ReadinessCheck.Meter,
                    ResponseWriter = WriteReadinessAsync,
                }
            )
            .WithName("Ready")
            .WithSummary("A batch has been run and inference works; else 503 with the reason.")
            .Describe();
    }

    private static Task WriteReadinessAsync(HttpContext context, HealthReport report) =>
        report.Status == HealthStatus.Healthy
            ? TypedResults.Text("ready\n").ExecuteAsync(context)
            : NotReady(report.Entries[ReadinessCheck.Meter].Description).ExecuteAsync(context);

    private static ProblemHttpResult NotReady(string? reason) =>
        TypedResults.Problem(reason, title: "Not ready", statusCode: StatusCodes.Status503ServiceUnavailable);

    /// <summary>Puts an endpoint into OpenAPI, which describes only those that are made of a method.</summary>
    private static void Describe(this IEndpointConventionBuilder endpoint)
    {
        var answer = () => { };
        endpoint.AllowAnonymous().WithMetadata(new HttpMethodMetadata(Methods), answer.Method);
    }
}
