using InferenceMeter.Hosting;
using InferenceMeter.Pricing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Api;

/// <summary>What a price is set to.</summary>
/// <param name="UsdPerHour">US dollars per hour of this machine, above 0 and at most 1,000,000.</param>
/// <param name="Note">What it is the price of; at most 200 characters.</param>
internal sealed record PriceRequest(decimal? UsdPerHour, string? Note);

/// <summary><c>/api/v1/price</c>: what the machine costs, from when.</summary>
internal static class PriceEndpoints
{
    private const int MaxNoteLength = 200;

    public static void MapPrice(this IEndpointRouteBuilder api)
    {
        api.MapGet(
                "/price",
                (MeterService meter) => TypedResults.Ok(CostDocuments.Describe(meter.Parts.Prices.Current, meter.Parts))
            )
            .WithName("GetPrice")
            .WithSummary("The price in force.");
        api.MapPut("/price", Put)
            .AddEndpointFilter<ChangeGuard>()
            .WithName("PutPrice")
            .WithSummary("Sets the price from now on; what was paid before stays as it was.")
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden);
    }

    private static Results<Ok<PriceDocument>, ValidationProblem> Put(PriceRequest request, MeterService meter)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (request.UsdPerHour is not (> 0 and <= Price.MaxUsdPerHour))
            errors["usdPerHour"] = [$"US dollars per hour, above 0 and at most {Price.MaxUsdPerHour:#,0}"];
        if (request.Note?.Length > MaxNoteLength)
            errors["note"] = [$"at most {MaxNoteLength} characters"];
        if (errors.Count > 0)
            return TypedResults.ValidationProblem(errors);
        var price = new Price
        {
            PerHour = new UsdPerMachineHour(request.UsdPerHour!.Value),
            Source = PriceSource.Api,
            AsOf = DateOnly.FromDateTime(meter.Time.GetUtcNow().UtcDateTime),
            Note = request.Note,
        };
        meter.Parts.Prices.Set(price);
        return TypedResults.Ok(CostDocuments.Describe(price, meter.Parts));
    }
}
