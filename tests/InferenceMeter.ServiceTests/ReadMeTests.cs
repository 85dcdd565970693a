using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceMeter.Pricing.Book;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests;

/// <summary>What the README says is so.</summary>
public sealed partial class ReadMeTests
{
    private static readonly string Root = Tests.Repository.Root;
    private static readonly string Text = File.ReadAllText(Path.Combine(Root, "README.md"));

    [Fact]
    public void Its_options_are_those_of_the_program()
    {
        var told = OptionRow()
            .Matches(Text)
            .Select(row => (row.Groups["option"].Value, row.Groups["key"].Value, row.Groups["meaning"].Value));

        Assert.Equal(
            SettingDefinition.All.Select(setting =>
                (setting.Attribute.Option, setting.Key, setting.Attribute.Description)
            ),
            told
        );
    }

    [Fact]
    public async Task Its_metrics_are_those_that_are_exported()
    {
        await using var host = await new MeterHost().Start();
        var exported = TypeLine()
            .Matches(await host.Client.GetStringAsync("/metrics"))
            .Select(line => (line.Groups["name"].Value, line.Groups["type"].Value))
            .ToHashSet();

        var told = MetricRow()
            .Matches(Text)
            .Select(row => (row.Groups["name"].Value, row.Groups["type"].Value))
            .ToHashSet();

        Assert.Superset(exported, told);
        // What is not exported here depends on the state or on the machine.
        Assert.All(
            told.Except(exported),
            metric => Assert.Matches("_per_second$|_billion_images$|_device_|_energy_|^inference_source_", metric.Item1)
        );
    }

    [Fact]
    public async Task Its_requests_are_answered()
    {
        var folder = Directory.CreateTempSubdirectory();
        await using (
            var host = await new MeterHost(
                new MeterSettings
                {
                    History = new HistorySettings { Path = Path.Combine(folder.FullName, "history.db") },
                }
            ).Start()
        )
        {
            using var started = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 600 });
            var id = JsonElement.Parse(await started.Content.ReadAsStringAsync()).GetProperty("id").GetString()!;
            using var cancelled = await host.Client.DeleteAsync($"/api/v1/runs/{id}");

            foreach (
                var path in RequestRow()
                    .Matches(Text)
                    .Select(match => match.Groups[1].Value.Replace("ID", id, StringComparison.Ordinal))
                    .Distinct(StringComparer.Ordinal)
            )
            {
                using var answer = await host.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
                Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
            }
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public void Its_count_of_prices_is_that_of_the_file()
    {
        var rows = PriceBook.Shipped.Rows;

        Assert.Contains($"has {rows.Count} list prices", Text, StringComparison.Ordinal);
        Assert.Contains("eleven GPU clouds", Text, StringComparison.Ordinal);
        Assert.Equal(
            11,
            rows.Select(row => row.Cloud.Split('-')[0])
                .Where(cloud => cloud is not ("aws" or "azure" or "gcp"))
                .Distinct(StringComparer.Ordinal)
                .Count()
        );
    }

    [Fact]
    public void Files_it_points_to_are_there()
    {
        foreach (var path in Link().Matches(Text).Select(match => match.Groups[1].Value.Split('#')[0]))
            Assert.True(Path.Exists(Path.Combine(Root, path)), path);
        Assert.True(File.Exists(Path.Combine(Root, "tests", "run.sh")));
    }

    [GeneratedRegex(
        @"^\| `(?<option>--[a-z-]+)` \| `(?<key>[A-Za-z:]+)` \| (?<meaning>.*) \|$",
        RegexOptions.Multiline
    )]
    private static partial Regex OptionRow();

    [GeneratedRegex(@"^\| `(?<name>inference_[a-z_]+)` \| (?<type>counter|gauge|histogram) \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex("^# TYPE (?<name>[a-z_]+) (?<type>[a-z]+)", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex("`GET (/[^`]+)`")]
    private static partial Regex RequestRow();

    [GeneratedRegex(@"\]\(([^)h#][^)]*)\)")]
    private static partial Regex Link();
}
