using System.Text.Json.Nodes;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>Builds a reading out of the meter's own, and opens the page over that one reading, which stays.</summary>
internal sealed class FrozenReading
{
    private FrozenReading(JsonObject reading) => Json = reading;

    public JsonObject Json { get; }

    public static async Task<FrozenReading> TakeAsync(HttpClient api) =>
        new(JsonNode.Parse(await api.GetStringAsync("/api/v1/meter"))!.AsObject());

    /// <summary>A steady minute.</summary>
    public FrozenReading Steady(double imagesPerSecond, decimal usdPerBillionImages)
    {
        Json["state"] = "steady";
        Json["windows"] = new JsonArray(
            new JsonObject
            {
                ["window"] = "1m",
                ["wallSeconds"] = 60,
                ["busySeconds"] = 60,
                ["images"] = 6000,
                ["imagesPerSecond"] = new JsonObject
                {
                    ["estimate"] = imagesPerSecond,
                    ["low"] = imagesPerSecond * 0.9,
                    ["high"] = imagesPerSecond * 1.1,
                },
            }
        );
        Json["costs"] = new JsonArray(Cost("wall", "1m", usdPerBillionImages));
        return this;
    }

    public FrozenReading WithCost(string basis, string window, decimal usdPerBillionImages)
    {
        Json["costs"]!.AsArray().Add(Cost(basis, window, usdPerBillionImages));
        return this;
    }

    public Task<MeterPage> OpenAsync(Browser browser, string url) =>
        browser.OpenAsync(
            url,
            prepare: tab =>
                tab.RouteAsync(
                    "**/api/v1/meter/stream",
                    route =>
                        route.FulfillAsync(
                            new()
                            {
                                ContentType = "text/event-stream",
                                Body = $"event: reading\ndata: {Json.ToJsonString()}\n\n",
                            }
                        )
                )
        );

    private static JsonObject Cost(string basis, string window, decimal usd) =>
        new()
        {
            ["basis"] = basis,
            ["scope"] = "pipeline",
            ["window"] = window,
            ["usdPerBillionImages"] = usd,
            ["low"] = usd * 0.9m,
            ["high"] = usd * 1.1m,
            ["usdPerHour"] = 2.49m,
        };
}
