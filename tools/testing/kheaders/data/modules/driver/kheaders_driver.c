// SPDX-License-Identifier: GPL-2.0
/*
 * A driver with tables from which modpost makes aliases; their structures'
 * offsets are those of the kernel's, not of the machine that builds.
 */

#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <dt-bindings/gpio/gpio.h>

static int kheaders_probe(struct platform_device *pdev)
{
	dev_info(&pdev->dev, "active low is %d\n", GPIO_ACTIVE_LOW);
	return 0;
}

static const struct of_device_id kheaders_of_match[] = {
	{ .compatible = "kheaders,first" },
	{ .compatible = "kheaders,second", .data = (void *)1 },
	{ }
};
MODULE_DEVICE_TABLE(of, kheaders_of_match);

static const struct platform_device_id kheaders_ids[] = {
	{ "kheaders-first", 0 },
	{ "kheaders-second", 1 },
	{ }
};
MODULE_DEVICE_TABLE(platform, kheaders_ids);

static struct platform_driver kheaders_driver = {
	.driver = {
		.name = "kheaders",
		.of_match_table = kheaders_of_match,
	},
	.probe = kheaders_probe,
	.id_table = kheaders_ids,
};
module_platform_driver(kheaders_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Driver with a device tree table for tests of kheaders");
