using System.Text.Json.Nodes;
using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Feeds;
using Microsoft.Extensions.DependencyInjection;

namespace InferenceMeter.Tests.Pricing.Feeds;

/// <summary>What the tests of the price list share: a machine, a day, and Azure's way of writing prices.</summary>
public abstract class FeedTests : IDisposable
{
    protected static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    protected static readonly FeedKey Key = new("Standard_NC4as_T4_v3", "westeurope", PurchaseOption.OnDemand);

    private protected static readonly FeedRetryOptions Quick = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(2),
        PerTry = TimeSpan.FromSeconds(5),
        Total = TimeSpan.FromSeconds(10),
        CircuitTries = 1000,
    };

    private readonly List<ServiceProvider> _services = [];

    protected SteppedTime Time { get; } = new(Now);

    public void Dispose()
    {
        _services.ForEach(services => services.Dispose());
        GC.SuppressFinalize(this);
    }

    private protected AzureRetailPrices Feed(LocalServer server, FeedRetryOptions? patience = null)
    {
        var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(Time)
            .AddAzureRetailPrices(new Uri(server.Address, "/api/retail/prices"), patience ?? Quick)
            .BuildServiceProvider();
        _services.Add(services);
        return services.GetRequiredService<AzureRetailPrices>();
    }

    private protected Task<FeedAnswer> FindAsync(
        LocalServer server,
        FeedKey? key = null,
        FeedRetryOptions? patience = null
    ) => Feed(server, patience).FindAsync(key ?? Key, CancellationToken.None);

    /// <summary>It fails, with one line that a person can act on.</summary>
    protected static async Task<string> FailsAsync(Func<Task> act)
    {
        var failed = await Assert.ThrowsAsync<PriceException>(act);
        Assert.DoesNotContain('\n', failed.Message);
        Assert.InRange(failed.Message.Length, 20, 900);
        return failed.Message;
    }

    /// <summary>One price as Azure writes it, with changes to it.</summary>
    protected static JsonObject Item(decimal usd, params (string Name, JsonNode? Value)[] changes)
    {
        var item = new JsonObject
        {
            ["currencyCode"] = "USD",
            ["tierMinimumUnits"] = 0.0,
            ["retailPrice"] = usd,
            ["unitPrice"] = usd,
            ["armRegionName"] = "westeurope",
            ["location"] = "EU West",
            ["effectiveStartDate"] = "2021-11-01T00:00:00Z",
            ["meterId"] = "on-demand",
            ["meterName"] = "NC4as T4 v3",
            ["productName"] = "Virtual Machines NCasT4 v3 Series",
            ["skuName"] = "NC4as T4 v3",
            ["serviceName"] = "Virtual Machines",
            ["unitOfMeasure"] = "1 Hour",
            ["type"] = "Consumption",
            ["isPrimaryMeterRegion"] = true,
            ["armSkuName"] = "Standard_NC4as_T4_v3",
        };
        foreach (var (name, value) in changes)
            item[name] = value?.DeepClone();
        return item;
    }

    protected static string Page(string? next, params JsonObject[] items) =>
        new JsonObject
        {
            ["BillingCurrency"] = "USD",
            ["CustomerEntityId"] = "Default",
            ["CustomerEntityType"] = "Retail",
            ["Items"] = new JsonArray([.. items.Select(item => item.DeepClone())]),
            ["NextPageLink"] = next,
            ["Count"] = items.Length,
        }.ToJsonString();

    protected static string Page(params JsonObject[] items) => Page(null, items);

    /// <summary>The clock of a given day; waiting takes as long as it does.</summary>
    protected sealed class SteppedTime(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
