using System.Text.Json.Nodes;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>
/// Prices that the program looks up: from its file, from users' files, from a service, from the machine it runs on.
/// </summary>
public sealed class PriceSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Theory]
    [InlineData(
        "--price-source instance --instance g6.xlarge",
        "$0.8048/hour",
        "aws, g6.xlarge, us-east-1, on_demand, 1 GPU"
    )]
    [InlineData(
        "--price-source instance --instance a3-highgpu-1g --region us-central1 --purchase spot",
        "$6.326193/hour",
        "gcp, a3-highgpu-1g, us-central1, spot, 1 GPU"
    )]
    [InlineData(
        "--price-source instance --instance H100 --cloud coreweave",
        "$49.24/hour of the whole machine",
        "coreweave, H100, on_demand, 8 GPUs"
    )]
    [InlineData(
        "--price-source instance --instance H100 --cloud nebius",
        "$4.50/hour of 1 GPU (H100) with its share of a machine",
        "nebius, H100, on_demand, 1 GPU"
    )]
    [InlineData(
        "--price-source instance --instance H100 --cloud nebius --gpus-paid 8",
        "$36.00/hour",
        "nebius, H100, on_demand, 8 GPUs"
    )]
    [InlineData(
        "--price-source instance --instance gpu_8x_h100_sxm5 --cloud lambda",
        "$31.92/hour",
        "lambda, gpu_8x_h100_sxm5, on_demand, 8 GPUs"
    )]
    public async Task A_machine_of_the_file_has_its_price_its_day_and_its_source(
        string options,
        string price,
        string machine
    )
    {
        var (code, output) = await Run($"price show {options}");

        Assert.Equal(0, code);
        Assert.Contains(price, output, StringComparison.Ordinal);
        Assert.Contains(machine, output, StringComparison.Ordinal);
        Assert.Matches("instance, (as of 2026-[0-9-]+|last known \\(2026-[0-9-]+\\): STALE)", output);
        Assert.Contains("https://", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--instance g6.xlrge", "no price of 'g6.xlrge' is on file; near are g6.xlarge")]
    [InlineData("--instance g6.xlrge", "; `price list` shows all, UserPrices.csv adds yours")]
    [InlineData(
        "--instance g6.xlarge --purchase spot",
        "no spot price of g6.xlarge is on file, only on_demand (--purchase)"
    )]
    [InlineData("--instance g6.xlarge --region mars-1", "only in us-east-1 (--region)")]
    [InlineData("--instance H100", "say which (--cloud)")]
    [InlineData("--instance g2-standard-4", "say which (--region)")]
    [InlineData(
        "--instance a3-highgpu-1g --region us-central1",
        "no on_demand price of a3-highgpu-1g is on file, only spot"
    )]
    [InlineData(
        "--instance H100 --cloud coreweave --gpus-paid 4",
        "is sold 8 GPUs at a time; 4 cannot be bought (--gpus-paid)"
    )]
    public async Task A_machine_that_is_not_there_or_not_one_is_a_line(string options, string said)
    {
        var (code, output) = await Run($"price show --price-source instance {options}");

        Assert.Equal(2, code);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Single(output.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_users_file_in_the_folder_goes_first_and_a_wrong_row_is_told_with_its_line()
    {
        var file = Path.Combine(_folder.FullName, "UserPrices.csv");
        await File.WriteAllTextAsync(
            file,
            """
            cloud,instance,region,purchase,amount,currency,usd_per_unit,per,gpus,as_of
            aws,g6.xlarge,us-east-1,reserved_1y,365,EUR,1.1,month,1,2026-11-01
            ,my-rig,,,900,USD,1,gpu_month,4,2026-11-01

            """
        );

        var (_, reserved) = await Run("price show --price-source instance --instance g6.xlarge --purchase reserved_1y");
        var (_, rig) = await Run("price show --price-source instance --instance my-rig");
        var (_, listed) = await Run("price list g6.xlarge");
        await File.AppendAllTextAsync(file, "aws,g6.xlarge,us-east-1,weekly,1,USD,1,hour,1,2026-11-01\n");
        var (code, wrong) = await Run("price show --price-source instance --instance my-rig");

        // 365 EUR x 1.1 / 730 h; 900 USD x 4 / 730 h.
        Assert.Contains("$0.55/hour", reserved, StringComparison.Ordinal);
        Assert.Contains("$4.931507/hour", rig, StringComparison.Ordinal);
        Assert.Matches("reserved_1y.*0.5500", listed);
        Assert.Matches("on_demand.*0.8048", listed);
        Assert.Equal(2, code);
        Assert.Contains(
            "UserPrices.csv: line 4 has purchase 'weekly'; accepted: on_demand, spot, reserved_1y, reserved_3y",
            wrong,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(
        "UserPrices.csv",
        "cloud,instance,region,usd,as_of,source\n\"aws,x,us-east-1,1,2026-11-01,a\n"
            + "aws,g6.xlarge,us-east-1,0.42,2026-11-01,b\n",
        "UserPrices.csv: line 2 opens a quote"
    )]
    [InlineData(
        "UserPrices.json",
        "[{\"instance\": \"g6.xlarge\", \"usd\": 1, \"usd\": 0.42, \"as_of\": \"2026-11-01\"}]",
        "UserPrices.json: line 1 has 'usd' twice"
    )]
    public async Task A_users_file_that_contradicts_itself_is_refused_and_the_list_price_does_not_stand_in(
        string name,
        string text,
        string said
    )
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, name), text);

        var (code, output) = await Run("price show --price-source instance --instance g6.xlarge");

        Assert.Equal(2, code);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.DoesNotContain("$0.8048", output, StringComparison.Ordinal);
        Assert.Single(output.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_machine_that_is_not_this_one_is_shown_as_that()
    {
        // Nobody tests this on 96 processors.
        var (_, output) = await Run("price show --price-source instance --instance c7i.24xlarge");

        Assert.Matches(
            "mismatch +the price is that of a machine with 96 vCPUs \\(c7i.24xlarge\\), [0-9]+ "
                + "processors? (is|are) here",
            output
        );
    }

    [Fact]
    public async Task An_old_row_keeps_its_day_and_is_the_last_that_is_known()
    {
        var (_, listed) = await Run("price list modal --max-price-age 1");
        var (_, shown) = await Run("price show --price-source instance --instance L4 --cloud modal --max-price-age 1");
        var (_, young) = await Run("price list modal --max-price-age 3650");

        Assert.Contains("last known (2026-05-07)", listed, StringComparison.Ordinal);
        Assert.Matches("instance, last known \\(2026-05-07\\): STALE, [0-9]+ days old", shown);
        Assert.DoesNotContain("last known", young, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_of_prices_is_asked_and_its_last_answer_is_kept_for_when_it_is_gone()
    {
        var feed = $"--price-source feed --instance Standard_NC4as_T4_v3 --region westeurope --feed-url";
        Uri address;
        string first,
            refreshed;
        await using (var server = new LocalServer(AzurePage(0.615m)))
        {
            address = new Uri(server.Address, "/api/retail/prices");
            (_, first) = await Run($"price show {feed} {address}");
            (_, refreshed) = await Run($"price refresh --feed-url {address}");
        }

        var (code, later) = await Run($"price show {feed} {address}");

        Assert.Contains("$0.615/hour", first, StringComparison.Ordinal);
        Assert.Matches("feed, as of [0-9-]+", first);
        Assert.Matches("Standard_NC4as_T4_v3 westeurope on_demand: \\$0.615", refreshed);
        Assert.Equal(0, code);
        Assert.Contains("$0.615/hour", later, StringComparison.Ordinal);
        Assert.Contains("note", later, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_down_is_told_once_and_not_for_each_machine()
    {
        var (code, output) = await Run($"price refresh --feed-url http://127.0.0.1:{RunningMeter.FreePort()}/");

        Assert.Equal(1, code);
        Assert.InRange(output.Trim().Split('\n').Length, 3, 8);
        Assert.Matches("[0-9]+ more: ", output);
        Assert.Contains("0 of ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_machine_finds_out_what_it_is_and_the_meter_says_its_price()
    {
        await using var cloud = new LocalServer(
            (context, _) =>
                (context.Request.HttpMethod, context.Request.Url!.AbsolutePath) switch
                {
                    ("PUT", "/latest/api/token") => LocalServer.TextAsync(context, "token"),
                    ("GET", "/latest/meta-data/instance-type") => LocalServer.TextAsync(context, "c7i.xlarge"),
                    ("GET", "/latest/meta-data/placement/region") => LocalServer.TextAsync(context, "us-east-1"),
                    ("GET", "/latest/meta-data/instance-life-cycle") => LocalServer.TextAsync(context, "on-demand"),
                    _ => LocalServer.TextAsync(context, "", 404),
                }
        );
        var url = $"http://127.0.0.1:{RunningMeter.FreePort()}";
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        await using var meter = new RunningMeter(
            [
                "--session",
                "null",
                "--synthetic-photos",
                "2",
                "--urls",
                url,
                "--price-source",
                "auto",
                "--metadata-url",
                cloud.Address.AbsoluteUri,
                "--max-price-age",
                "3650",
            ],
            _folder.FullName
        );

        await meter.Until(async () => await ServeTests.Answers(client, "/healthz/ready"));
        var price = (await MeterApiTests.Json(client, "/api/v1/meter")).GetProperty("price");
        var metrics = await client.GetStringAsync("/metrics");

        Assert.Equal(0.1785m, price.GetProperty("usdPerHour").GetDecimal());
        Assert.Equal(
            ("instance", "aws", "c7i.xlarge", "us-east-1", "on_demand"),
            (Text("source"), Text("cloud"), Text("instance"), Text("region"), Text("purchase"))
        );
        Assert.False(price.GetProperty("stale").GetBoolean());
        Assert.StartsWith("detected: c7i.xlarge of aws in us-east-1", Text("note"), StringComparison.Ordinal);
        Assert.Matches("inference_price_usd_per_hour{.*price_source=\"instance\".*} 0.1785", metrics);

        string Text(string name) => price.GetProperty(name).GetString()!;
    }

    [Fact]
    public async Task Where_no_cloud_answers_the_meter_does_not_start_without_a_price_of_its_user()
    {
        await using var nobody = new LocalServer((context, _) => LocalServer.TextAsync(context, "", 404));

        var (code, refused) = await Run($"price show --price-source auto --metadata-url {nobody.Address}");
        var (used, own) = await Run($"price show --price-source auto --usd-per-hour 2 --metadata-url {nobody.Address}");

        Assert.Equal((2, 0), (code, used));
        Assert.Contains("no cloud knows this machine", refused, StringComparison.Ordinal);
        Assert.Contains("$2.00/hour", own, StringComparison.Ordinal);
        Assert.Contains("your price is used", own, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_price_is_flagged_on_the_reading()
    {
        await using var host = new MeterHost(
            new Settings.MeterSettings
            {
                Pricing = new Settings.PricingSettings { UsdPerHour = 1, AsOf = new DateOnly(2020, 1, 1) },
            }
        );

        var reading = await MeterApiTests.Json(host.Client, "/api/v1/meter");
        var metrics = await host.Client.GetStringAsync("/metrics");

        Assert.True(reading.GetProperty("price").GetProperty("stale").GetBoolean());
        Assert.Contains(
            reading.GetProperty("marks").EnumerateArray(),
            mark => mark.GetString()!.StartsWith("the price is ", StringComparison.Ordinal)
        );
        Assert.Matches("inference_price_age_seconds{.*} [0-9.E+]+", metrics);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string AzurePage(decimal usd) =>
        new JsonObject
        {
            ["Items"] = new JsonArray(
                new JsonObject
                {
                    ["currencyCode"] = "USD",
                    ["tierMinimumUnits"] = 0.0,
                    ["retailPrice"] = usd,
                    ["unitPrice"] = usd,
                    ["armRegionName"] = "westeurope",
                    ["effectiveStartDate"] = "2021-11-01T00:00:00Z",
                    ["meterName"] = "NC4as T4 v3",
                    ["productName"] = "Virtual Machines NCasT4 v3 Series",
                    ["skuName"] = "NC4as T4 v3",
                    ["serviceName"] = "Virtual Machines",
                    ["unitOfMeasure"] = "1 Hour",
                    ["type"] = "Consumption",
                    ["armSkuName"] = "Standard_NC4as_T4_v3",
                }
            ),
            ["NextPageLink"] = null,
            ["Count"] = 1,
        }.ToJsonString();

    private Task<(int Code, string Output)> Run(string arguments) =>
        Tool.RunAsync(
            RunningMeter.Executable,
            arguments.Split(' '),
            folder: _folder.FullName,
            environment: new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _folder.FullName }
        );
}
