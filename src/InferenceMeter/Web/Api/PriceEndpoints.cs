using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.Pricing;
using InferenceMeter.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.Api;

/// <summary><c>/api/v1/price</c>: what the machine costs, from when.</summary>
internal static class PriceEndpoints
{
    private const int MaxNoteLength = 200;

    public static void MapPrice(this IEndpointRouteBuilder api)
    {
        api.MapGet(
                "/price",
                (Meter meter) => TypedResults.Ok(CostDocuments.Describe(meter.Prices.Current, meter.Snapshot()))
            )
            .WithName("GetPrice")
            .WithSummary("The price in force.");
        api.MapPut("/price", Put)
            .GuardChanges()
            .WithName("PutPrice")
            .WithSummary("Sets the price from now on; what was paid before stays as it was.");
    }

    private static Results<Ok<PriceDocument>, ValidationProblem> Put(PriceRequest request, Meter meter)
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
        meter.Prices.Set(price);
        return TypedResults.Ok(CostDocuments.Describe(price, meter.Snapshot()));
    }
}
