namespace InferenceMeter.Pricing.Feeds;

/// <summary>
/// Azure's public price list: prices of Linux virtual machines in US dollars, without an account.
/// See https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices.
/// </summary>
public sealed class AzureRetailPrices
{
    private const int MaxPages = 20;

    private readonly Uri _endpoint;
    private readonly TimeProvider _time;
    private readonly FeedHttp _http;

    /// <param name="clients">Makes the client of <see cref="FeedHttp.ClientName"/>.</param>
    /// <param name="endpoint">
    /// <see cref="PublicEndpoint"/>, or a copy of that service; <c>http</c> or <c>https</c>.
    /// </param>
    /// <param name="time">Clock of time limits and of what is in force.</param>
    /// <param name="options">How long it is asked.</param>
    internal AzureRetailPrices(IHttpClientFactory clients, Uri endpoint, TimeProvider time, FeedRetryOptions options)
    {
        if (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https"))
            throw new ArgumentException("an http or https address is needed", nameof(endpoint));
        _endpoint = endpoint;
        _time = time;
        _http = new FeedHttp(clients, endpoint, time, options);
    }

    /// <summary>The service of Microsoft.</summary>
    public static Uri PublicEndpoint { get; } = new("https://prices.azure.com/api/retail/prices");

    /// <summary>The price in force now.</summary>
    /// <param name="key">Machine, region and way to buy.</param>
    /// <param name="cancellation">Ends the asking and the waiting.</param>
    /// <exception cref="PriceException">
    /// There is none, there is more than one, or the service does not answer; one line that says so.
    /// </exception>
    public async Task<FeedAnswer> FindAsync(FeedKey key, CancellationToken cancellation)
    {
        key.Validate();
        var query = Query(key);
        var (items, currency) = await _http.WithinTimeAsync(
            async cancellation => await ReadPagesAsync(query, key, cancellation),
            cancellation
        );
        var (perHour, from) = AzurePriceChoice.Choose(items, key, currency, _endpoint.Host, _time.GetUtcNow());
        return new FeedAnswer(perHour, from, query);
    }

    private async Task<(List<AzureItem> Items, string? Currency)> ReadPagesAsync(
        Uri query,
        FeedKey key,
        CancellationToken cancellation
    )
    {
        var items = new List<AzureItem>();
        string? currency = null;
        var page = query;
        for (var pages = 0; page is not null; pages++)
        {
            if (pages == MaxPages)
                throw new PriceException(
                    $"{_endpoint.Host} has more than {MaxPages} pages for {key}, which no machine needs; "
                        + "check the address of the price service"
                );
            using var body = await _http.GetAsync(page, cancellation);
            var read = AzurePage.Parse(body, _endpoint.Host);
            currency ??= read.BillingCurrency;
            items.AddRange(read.Items!.OfType<AzureItem>());
            page = Next(read.NextPageLink);
        }

        return (items, currency);
    }

    private Uri? Next(string? link)
    {
        if (string.IsNullOrEmpty(link))
            return null;
        // What answers is not trusted to choose whom we ask next.
        return Uri.TryCreate(link, UriKind.Absolute, out var next) && _http.IsOurs(next)
            ? next
            : throw new PriceException(
                $"{_endpoint.Host} says that its list goes on at '{FeedText.OneLine(link)}', which is "
                    + "another host and is not asked; check the address of the price service"
            );
    }

    private Uri Query(FeedKey key)
    {
        var filter =
            $"serviceName eq 'Virtual Machines' and armSkuName eq {Quote(key.Instance)} and armRegionName "
            + $"eq {Quote(key.Region)}";
        return new UriBuilder(_endpoint) { Query = $"currencyCode='USD'&$filter={Uri.EscapeDataString(filter)}" }.Uri;
    }

    // OData: a quote in a text is written twice.
    internal static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
