namespace InferenceMeter.Web.Health;

/// <summary><c>/healthz</c>: alive, and ready.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/healthz/live", () => TypedResults.Text("alive\n"))
            .WithName("Live")
            .WithSummary("The process answers.");
        routes
            .MapGet(
                "/healthz/ready",
                IResult (MeterReadiness readiness) =>
                    readiness.NotReady is { } reason
                        ? TypedResults.Problem(
                            reason,
                            title: "Not ready",
                            statusCode: StatusCodes.Status503ServiceUnavailable
                        )
                        : TypedResults.Text("ready\n")
            )
            .WithName("Ready")
            .WithSummary("A batch has been run and inference works; else 503 with the reason.");
    }
}
